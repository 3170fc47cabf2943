//! What single models differ in, where their dialect leaves it to them: efforts, budgets, limits, abilities (spec 03 B1–B5, B10, B11).
//! One file per family of models. In: an upstream's id of a model. Out: what may be asked of it.
//! Invariant: an unknown model is treated as the newest one of its family.

pub(crate) mod claude;
pub(crate) mod gemini;
