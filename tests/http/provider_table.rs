//! One row per type of provider: where calls go, with which headers, what becomes of bodies, errors, lists of models and
//! embeddings (spec 02 §§2–4 with B26–B30, 03 §§1.1, 2.1, 4.1, 11, 12). The rows are data (`rows`), one runner walks them
//! (`bench`, `columns`) and says all that differs at once. The default base URLs stand in a table of their own, beside the rows
//! in `crates/providers`: here every provider listens on loopback, below the path of its base URL.

mod bench;
mod columns;
mod row;
mod rows;

use bench::Bench;
use columns::Differences;

#[test]
fn every_provider_is_called_as_its_row_says() {
    let bench = Bench::start();
    let mut differences = Differences::default();
    for place in &bench.places {
        columns::listing(&bench.gateway, place, &mut differences);
        columns::calls(&bench.gateway, place, &mut differences);
        columns::bodies(&bench.gateway, place, &mut differences);
        columns::embeddings(&bench.gateway, place, &mut differences);
        columns::errors(&bench.gateway, place, &mut differences);
    }
    differences.report();
}
