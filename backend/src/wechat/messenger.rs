//! How messages go out: to WeChat, or in development to the recorder.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use logic::status::MessageKind;
use serde_json::Value;

use super::Login;
use super::client::{SendError, WeChat};
use super::templates::Templates;
use super::{fields, message};
use crate::lanes::{Lanes, Turn};

/// What the settings say of outgoing messages.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The templates; `None` if none were set up.
    pub templates: Option<Templates>,
    /// Messages a second.
    pub rate: NonZeroU32,
    /// Messages under way at once.
    pub concurrency: NonZeroU32,
}

/// The defaults: far below what WeChat takes in a minute, and enough for a gym's busiest evening.
pub const PACE: Pace = Pace {
    rate: match NonZeroU32::new(50) {
        Some(rate) => rate,
        None => NonZeroU32::MIN,
    },
    concurrency: match NonZeroU32::new(8) {
        Some(concurrency) => concurrency,
        None => NonZeroU32::MIN,
    },
};

/// How fast messages go out.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Messages a second.
    pub rate: NonZeroU32,
    /// Messages under way at once.
    pub concurrency: NonZeroU32,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self { templates: None, rate: PACE.rate, concurrency: PACE.concurrency }
    }
}

/// Sends messages, no faster than the rate.
pub struct Messenger {
    via: Via,
    templates: Option<Templates>,
    limiter: DefaultDirectRateLimiter,
    /// By openid: WeChat refuses the second of two messages that reach one member at once (43108).
    turns: Lanes<String>,
    concurrency: usize,
}

enum Via {
    Recorder,
    WeChat(WeChat),
    Nowhere,
}

impl Messenger {
    /// The messenger that goes with a way to log in: the recorder with dev logins, WeChat with its own.
    pub fn new(login: &Login, outgoing: Outgoing) -> Self {
        let via = match login {
            Login::Dev => Via::Recorder,
            Login::WeChat(wechat) => Via::WeChat(wechat.clone()),
            Login::Unset => Via::Nowhere,
        };
        if outgoing.templates.is_none() && matches!(via, Via::WeChat(_)) {
            tracing::warn!("no message can be sent: GYM_TEMPLATES is not set");
        }
        Self {
            via,
            templates: outgoing.templates,
            limiter: RateLimiter::direct(Quota::per_second(outgoing.rate)),
            turns: Lanes::new(1),
            concurrency: usize::try_from(outgoing.concurrency.get()).unwrap_or(1),
        }
    }

    /// Whether this is the recorder, which takes a message when the transaction that wrote it commits.
    pub fn is_recorder(&self) -> bool {
        matches!(self.via, Via::Recorder)
    }

    /// Messages that may be under way at once.
    pub fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// The templates, if any were set up.
    pub fn templates(&self) -> Option<&Templates> {
        self.templates.as_ref()
    }

    /// A message's data under the names of its template's fields.
    pub fn fields(&self, kind: MessageKind, data: &fields::Data) -> Value {
        match &self.templates {
            Some(templates) => templates.fields(kind, data),
            None => data.under_own_names(),
        }
    }

    /// The id of the template of a kind, by the name that the outbox keeps; `None`: it stands in the app alone. Where no
    /// templates are set up, our own names stand for the ids with the recorder, and WeChat's are unknown.
    pub fn template_id<'a>(&'a self, kind: &'a str) -> Option<&'a str> {
        let known = MessageKind::parse(kind)?;
        match &self.templates {
            Some(templates) => templates.id(known),
            None => (self.is_recorder() && message::is_recorded_without_templates(known)).then_some(kind),
        }
    }

    /// Resolves when no other message to `openid` is under way and the rate allows one more. The message is sent
    /// while the answer is held.
    pub async fn turn(&self, openid: &str) -> Turn<'_, String> {
        let turn = self.turns.take(openid.to_owned()).await;
        self.limiter.until_ready().await;
        turn
    }

    /// Sends a message once.
    pub async fn send(
        &self,
        openid: &str,
        template: &str,
        page: &str,
        data: &Value,
    ) -> Result<(), SendError> {
        match &self.via {
            Via::Recorder => Ok(()),
            Via::WeChat(wechat) => {
                let id = self
                    .template_id(template)
                    .ok_or_else(|| SendError::Later(format!("GYM_TEMPLATES has no `{template}`")))?;
                wechat.send(openid, id, page, data).await
            }
            Via::Nowhere => Err(SendError::Later("WeChat is not set up".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_to_one_member_go_out_one_after_the_other() {
        let messenger = Messenger::new(&Login::Dev, Outgoing::default());
        let first = messenger.turn("o1").await;
        let second = messenger.turn("o1");
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(messenger.turn("o2").await);
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        drop(second.await);
    }
}
