//! What the worker does when nothing may be sent, and when a clock has jumped.

use std::time::Duration;

use tokio::time::Instant;

use crate::api::QuotaSource;
use crate::domain::credential::CredentialId;
use crate::domain::usage::Update;
use crate::worker::After;
use crate::worker::actor::Worker;
use crate::worker::moment::Moment;

impl<S: QuotaSource> Worker<'_, S> {
    /// The host answered 429 (to `id`, if that was its daily quota): lets go of what is in flight, and puts
    /// everything off. Gives the end of the pause, and which were let go.
    pub(super) fn pause_host(
        &mut self,
        id: Option<CredentialId>,
        wish: Option<Duration>,
        now: Moment,
    ) -> (Instant, Vec<CredentialId>) {
        let until = self.budget.pause(now.instant, wish, self.schedule.rng());
        tracing::warn!(until = %now.wall_at(until), "429: nothing is sent to the host");
        if let Some(collector) = &mut self.collector {
            collector.pause(now.wall_at(until), self.budget.refusals(), now.wall);
        }
        let let_go = self.fall_silent(until, now);
        if let Some(id) = id {
            self.schedule.refused(id, until);
        }
        (until, let_go)
    }

    /// Goes on where the worker before this one stopped: with a pause that it was in, with a budget that it may have
    /// spent, and saying when each credential is asked.
    pub(super) fn go_on(&mut self) {
        let Some(After { paused_until }) = self.after else { return };
        let now = self.now();
        self.budget.empty(now.instant);
        match paused_until.filter(|until| *until > now.wall).and_then(|until| now.instant_at(until)) {
            Some(until) => self.pause_with_others(until, now),
            None => self.report_schedule(),
        }
    }

    /// Another instance was answered 429: that is meant for this one, too.
    pub(super) fn pause_with_others(&mut self, until: Instant, now: Moment) {
        tracing::info!(until = %now.wall_at(until), "another instance was answered 429");
        self.budget.pause_until(until);
        let let_go = self.fall_silent(until, now);
        self.report_host_pause(until, let_go, now);
    }

    /// Lets go of what is in flight, and puts everything off until then.
    fn fall_silent(&mut self, until: Instant, now: Moment) -> Vec<CredentialId> {
        self.in_flight.clear();
        if let Some(collector) = &mut self.collector {
            collector.let_go();
        }
        if let Some(request) = self.asking_leave.take() {
            self.put_back(&request);
        }
        self.errands.let_go();
        let let_go = std::mem::take(&mut self.asking);
        for id in &let_go {
            self.schedule.queue_mut().due_at(*id, now.instant);
        }
        self.schedule.defer(until);
        let_go
    }

    pub(super) fn report_host_pause(&mut self, until: Instant, let_go: Vec<CredentialId>, now: Moment) {
        for id in let_go {
            let next_refresh = self.schedule.queue().due(id).and_then(|due| self.planned(due, now));
            self.report(Update::LetGo { id, next_refresh });
        }
        self.report(Update::HostPaused(Some(now.wall_at(until))));
        self.report_schedule();
    }

    /// Ends the host's pause when it is over, and plans anew when a clock has jumped.
    pub(super) fn look_at_the_clocks(&mut self) {
        let now = self.now();
        if let Some(jump) = now.jump_since(self.clocks) {
            self.clocks = now;
            self.budget.time_passed(jump.to_std().unwrap_or(Duration::ZERO), now.instant);
            self.schedule.clock_jumped(jump, now);
            if let Some(until) = self.budget.paused_until().filter(|until| *until > now.instant) {
                self.schedule.defer(until);
                self.report(Update::HostPaused(Some(now.wall_at(until))));
            }
            self.report_schedule();
        }
        if self.budget.take_pause_end(now.instant) {
            tracing::info!("the pause is over");
            self.report(Update::HostPaused(None));
        }
    }
}
