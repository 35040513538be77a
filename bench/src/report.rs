//! Figures and the table they stand in.

/// The middle of what was measured; of an even number the mean of the two in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { f64::midpoint(at(half.saturating_sub(1)), at(half)) } else { at(half) }
}

/// A row: what was measured, the figure, and what it may be at most.
#[derive(Debug)]
struct Row {
    name: String,
    figure: String,
    detail: String,
    target: String,
    met: Option<bool>,
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// A ratio over a floor, one value per round; `detail` says what the ratio is made of.
    pub(crate) fn ratio(&mut self, name: String, ratios: &[f64], detail: String, target: Option<f64>) {
        let value = median(ratios);
        let spread = |pick: fn(f64, f64) -> f64| ratios.iter().copied().reduce(pick).unwrap_or(f64::NAN);
        let figure = format!("{value:.3}  ({:.3} to {:.3})", spread(f64::min), spread(f64::max));
        self.row(name, figure, detail, target.map(|target| (format!("≤ {target:.2}"), value <= target)));
    }

    /// A quantity with a unit.
    pub(crate) fn quantity(&mut self, name: String, value: f64, unit: &str, detail: String, target: Option<f64>) {
        let figure = format!("{value:.1} {unit}");
        self.row(name, figure, detail, target.map(|target| (format!("≤ {target:.0} {unit}"), value <= target)));
    }

    /// The rows of another table after these.
    pub(crate) fn append(&mut self, other: Self) {
        self.rows.extend(other.rows);
    }

    fn row(&mut self, name: String, figure: String, detail: String, target: Option<(String, bool)>) {
        let (target, met) = target.map_or((String::new(), None), |(target, met)| (target, Some(met)));
        self.rows.push(Row { name, figure, detail, target, met });
    }

    /// Prints the table; true if no target was missed.
    pub(crate) fn print(&self) -> bool {
        println!("\n{:<42} {:<26} {:<11} {:<5} made of", "", "median (range of rounds)", "target", "");
        for row in &self.rows {
            let verdict = match row.met {
                Some(true) => "pass",
                Some(false) => "MISS",
                None => "",
            };
            println!("{:<42} {:<26} {:<11} {:<5} {}", row.name, row.figure, row.target, verdict, row.detail);
        }
        let missed = self.rows.iter().filter(|row| row.met == Some(false)).count();
        let judged = self.rows.iter().filter(|row| row.met.is_some()).count();
        println!("\n{} of {judged} targets met", judged - missed);
        missed == 0
    }
}

/// Microseconds, for details beside a ratio.
pub(crate) fn micros(seconds: f64) -> String {
    format!("{:.0} µs", seconds * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let is = |values: &[f64], expected: f64| (median(values) - expected).abs() < 1e-12;
        assert!(is(&[3.0, 1.0, 2.0], 2.0) && is(&[4.0, 1.0, 2.0, 3.0], 2.5) && is(&[7.0], 7.0));
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_missed_target_is_told() {
        let mut report = Report::default();
        report.ratio("a".to_owned(), &[1.0], String::new(), Some(1.1));
        assert!(report.print());
        report.quantity("b".to_owned(), 31.0, "MiB", String::new(), Some(30.0));
        assert!(!report.print());
    }
}
