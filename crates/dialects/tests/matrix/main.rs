//! The matrix: what every dialect can say, said to every other one. The cases are data (`cases/<case>/<dialect>.*`), written
//! after the vendors' documents: a client's request, a provider's whole answer, a provider's stream; a file is missing where the
//! dialect cannot say it. The results are snapshots, one per ordered pair and case, which reviewers read.
//! `cases` is the list, `run` what happens to a pair, `pairs` the snapshots, `diagonal` what holds at home.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod diagonal;
#[cfg(test)]
mod layout;
#[cfg(test)]
mod pairs;
#[cfg(test)]
mod run;
