//! What single models differ in, where their dialect leaves it to them. One file per family of models.
//! In: an upstream's id of a model. Out: what may be asked of it. Invariant: an unknown model is treated as the newest one.

pub(crate) mod gemini;
