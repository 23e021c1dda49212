//! Where the history's jobs are done.

use std::sync::{Arc, Mutex};
use std::thread::Thread;

use tokio::sync::mpsc;

use super::thread::{Job, Keeper};

/// Where the jobs are done.
#[derive(Clone, Debug)]
pub(super) enum Jobs {
    /// On the history's own thread; `None`: it could not be started.
    Thread(mpsc::Sender<Job>, Option<Thread>),
    /// By whoever hands them in.
    Inline(Arc<Mutex<Keeper>>),
}

impl Jobs {
    /// Hands in a job, waiting for room, to be done without delay. False when it is never done.
    pub(super) async fn hand_in(&self, job: Job) -> bool {
        match self {
            Self::Thread(jobs, thread) => {
                let is_in = jobs.send(job).await.is_ok();
                if let Some(thread) = thread {
                    thread.unpark();
                }
                is_in
            }
            Self::Inline(keeper) => do_here(keeper, job),
        }
    }

    /// Hands in a job, if there is room, to be done within a moment, or at once where it says so or many wait. False when
    /// it is never done.
    pub(super) fn try_hand_in(&self, job: Job) -> bool {
        match self {
            Self::Thread(jobs, thread) => {
                let is_urgent = matches!(job, Job::WriteNow(..));
                let is_in = jobs.try_send(job).is_ok();
                let are_many = jobs.capacity() < jobs.max_capacity() / 2;
                if let Some(thread) = thread.as_ref().filter(|_| is_urgent || are_many) {
                    thread.unpark();
                }
                is_in
            }
            Self::Inline(keeper) => do_here(keeper, job),
        }
    }
}

/// Does a job on this thread. A lock that a panic left behind means a job that is not done.
fn do_here(keeper: &Mutex<Keeper>, job: Job) -> bool {
    keeper.lock().map(|mut keeper| keeper.work_and_tidy(job)).is_ok()
}
