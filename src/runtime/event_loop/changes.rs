//! What the event loop does about other settings and other credentials.

use futures_util::Stream;
use ratatui::backend::Backend;

use super::{EventLoop, Flow};
use crate::app::Message;
use crate::credentials::Found;
use crate::runtime::exchange::Exchanged;
use crate::runtime::first_key::Taken;
use crate::runtime::host::Host;
use crate::runtime::input::Input;
use crate::runtime::reload::Reloaded;
use crate::runtime::signals::Signal;
use crate::worker::Command;

impl<B, I, S, H> EventLoop<B, I, S, H>
where
    B: Backend,
    I: Stream<Item = Input> + Unpin,
    S: Stream<Item = Signal> + Unpin,
    H: Host,
{
    /// Takes in what was changed in the configuration, or says why it cannot be.
    pub(super) async fn on_reloaded(&mut self, reloaded: Result<Reloaded, String>) -> Flow {
        self.pace.soon();
        let notices = match reloaded {
            Ok(Reloaded { configured, mut notices, found }) => {
                tracing::info!(?configured, "the configuration was read anew");
                if let Some(configured) = configured {
                    self.step(Message::Configured(configured)).await?;
                }
                if let Some(found) = found.filter(|_| !self.app.is_demo()) {
                    self.exchange(found, &mut notices).await?;
                }
                notices
            }
            Err(line) => vec![line],
        };
        for notice in notices {
            self.on_notice(notice).await?;
        }
        // Other thresholds may make low at once what was not.
        self.raise_alerts()
    }

    /// Shows a line that the user should know, and logs it.
    pub(super) async fn on_notice(&mut self, notice: String) -> Flow {
        self.pace.soon();
        tracing::warn!(notice);
        self.step(Message::Notice(notice)).await
    }

    /// Goes on with other credentials.
    async fn exchange(&mut self, found: Found, notices: &mut Vec<String>) -> Flow {
        let mut said = found.notices.clone();
        let paused_until = self.app.usage().host_paused_until();
        let exchanged = self.host.exchange(found, &mut self.link, self.app.interval(), paused_until, &mut said);
        // Notices that are shown already are not repeated.
        notices.extend(said.into_iter().filter(|notice| !self.app.notices().contains(notice)));
        let Some(Exchanged { identities, before, link }) = exchanged else { return Flow::Continue(()) };
        self.link = Some(link);
        self.attention.exchange(&before);
        if self.app.is_paused() {
            self.tell(Command::Pause);
        }
        self.step(Message::Exchanged { identities, before }).await
    }

    /// Asks for every credential, and looks again for keys that could not be read.
    pub(super) fn refresh_all(&mut self) {
        self.tell(Command::RefreshAll);
        if let Some(reloads) = &mut self.reloads {
            reloads.look_again();
        }
    }

    /// Goes on with the key that was typed, or says what is wrong with it.
    pub(super) async fn on_key_tried(&mut self, tried: Result<Taken, String>) -> Flow {
        self.pace.at_once();
        let is_first = self.app.is_demo() || self.app.usage().credentials().is_empty();
        match tried {
            Ok(Taken { credentials, link, notice }) if is_first => {
                let identities = credentials.into_iter().map(|credential| credential.identity).collect();
                self.link = Some(link);
                self.step(Message::KeyTaken(identities)).await?;
                self.step(Message::Notice(notice)).await
            }
            Err(why) if is_first => self.step(Message::KeyRefused(why)).await,
            // The configuration was edited meanwhile, and others are asked for. The key is kept all the same, so it is
            // found beside them.
            Ok(Taken { notice, .. }) => {
                if let Some(reloads) = &mut self.reloads {
                    reloads.find_anew();
                }
                self.on_notice(notice).await
            }
            Err(why) => self.on_notice(format!("the key that was typed: {why}")).await,
        }
    }
}
