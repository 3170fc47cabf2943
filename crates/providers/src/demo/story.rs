//! The text that `demo/story` tells.
//! Invariant: two hundred words, the notice included.

/// The tale behind the notice.
pub(super) const TALE: &str = "Once there was a small gateway that stood at the edge of a great city. On one side lived \
the callers, who asked all day long. On the other side lived the models, who answered in many tongues. The gateway knew \
every tongue, yet it never changed a word that it did not have to change. When a caller came, it looked at the key, found \
the right door, and carried the question across. When an answer came back, it carried that home as well, word by word, the \
moment each word was spoken. It counted what was said, because somebody would pay for it, and it never counted twice. \
Some nights a model fell silent in the middle of a sentence. Then the gateway did not pretend that the sentence was \
whole. It told the caller plainly, and the caller was grateful, for half an answer dressed up as a whole one is worse than \
none. Years went by, and nobody thought about the gateway. It was simply there, quick and honest, and that was all \
it ever wanted to be.";
