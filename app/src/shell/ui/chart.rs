//! Small charts as SVG. Each carries its numbers as text.

use maud::{Markup, Render, html};

use super::status::Tone;

/// The drawing's height in its own units.
const HEIGHT: f64 = 120.0;
/// The width of one bar with its gap.
const STEP: f64 = 44.0;
/// Room for the numbers above and the labels below the bars.
const HEAD: f64 = 18.0;
const FOOT: f64 = 20.0;

struct Bar {
    label: String,
    value: f64,
    text: String,
    tone: Tone,
}

/// Bars over weeks, groups or questions.
#[must_use]
pub struct BarChart {
    id: String,
    title: String,
    description: String,
    top: f64,
    target: Option<(f64, String)>,
    bars: Vec<Bar>,
}

impl BarChart {
    /// `id` is unique on the page; `description` says what the bars show, in a sentence.
    pub fn new(id: impl Into<String>, title: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            description: description.into(),
            top: 0.0,
            target: None,
            bars: Vec::new(),
        }
    }

    /// The value at the top of the scale; without it, the greatest there is.
    pub fn top(mut self, top: f64) -> Self {
        self.top = top;
        self
    }

    /// A line across: "9 hours needed".
    pub fn target(mut self, value: f64, label: impl Into<String>) -> Self {
        self.target = Some((value, label.into()));
        self
    }

    /// One bar: its label, height, the number as people read it and how it is to be taken.
    pub fn bar(mut self, label: impl Into<String>, value: f64, text: impl Into<String>, tone: Tone) -> Self {
        self.bars.push(Bar { label: label.into(), value, text: text.into(), tone });
        self
    }

    fn scale(&self) -> f64 {
        let values = self.bars.iter().map(|bar| bar.value).chain(self.target.iter().map(|(value, _)| *value));
        let top = values.fold(self.top, f64::max);
        if top > 0.0 { (HEIGHT - HEAD - FOOT) / top } else { 0.0 }
    }

    fn summary(&self) -> String {
        let bars: Vec<String> = self.bars.iter().map(|bar| format!("{}: {}", bar.label, bar.text)).collect();
        let target = self.target.as_ref().map(|(_, label)| format!(" {label}.")).unwrap_or_default();
        format!("{} {}.{target}", self.description, bars.join(", "))
    }

    fn draw_bar(&self, index: usize, bar: &Bar) -> Markup {
        let height = (bar.value.max(0.0) * self.scale()).max(1.0);
        let left = f64::from(u16::try_from(index).unwrap_or(u16::MAX)) * STEP;
        let middle = left + STEP / 2.0;
        let top = HEIGHT - FOOT - height;
        html! {
            rect class=(bar.tone.class()) x=(number(left + 7.0)) y=(number(top)) width=(number(STEP - 14.0))
                height=(number(height)) rx="3" {}
            text.chart-value x=(number(middle)) y=(number(top - 5.0)) text-anchor="middle" { (bar.text) }
            text.chart-label x=(number(middle)) y=(number(HEIGHT - 5.0)) text-anchor="middle" { (bar.label) }
        }
    }

    fn draw_target(&self, width: f64) -> Markup {
        let Some((value, _)) = &self.target else { return html! {} };
        let y = number(HEIGHT - FOOT - value * self.scale());
        html! { line.chart-target x1="0" x2=(number(width)) y1=(y) y2=(y) {} }
    }
}

impl Render for BarChart {
    fn render(&self) -> Markup {
        let width = STEP * f64::from(u16::try_from(self.bars.len().max(1)).unwrap_or(u16::MAX));
        html! {
            figure.chart {
                figcaption { (self.title) @if let Some((_, label)) = &self.target { span.chart-key { (label) } } }
                svg role="img" viewBox={ "0 0 " (number(width)) " " (HEIGHT) } width=(number(width)) height=(HEIGHT)
                    aria-labelledby={ (self.id) "-title " (self.id) "-description" } {
                    title id={ (self.id) "-title" } { (self.title) }
                    desc id={ (self.id) "-description" } { (self.summary()) }
                    @for (index, bar) in self.bars.iter().enumerate() { (self.draw_bar(index, bar)) }
                    line.chart-floor x1="0" x2=(number(width)) y1=(number(HEIGHT - FOOT)) y2=(number(HEIGHT - FOOT)) {}
                    (self.draw_target(width))
                }
            }
        }
    }
}

/// A line of values without axes, beside a number that says the same. `label` is read out.
pub fn sparkline(label: &str, values: &[f64]) -> Markup {
    let top = values.iter().copied().fold(1.0, f64::max);
    let bottom = values.iter().copied().fold(top, f64::min);
    let span = (top - bottom).max(f64::EPSILON);
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let x = f64::from(u16::try_from(index).unwrap_or(u16::MAX)) * 12.0 + 3.0;
            format!("{},{}", number(x), number(25.0 - (value - bottom) / span * 22.0))
        })
        .collect();
    let width = f64::from(u16::try_from(values.len()).unwrap_or(u16::MAX)) * 12.0 - 6.0;
    html! {
        svg.sparkline role="img" aria-label=(label) viewBox={ "0 0 " (number(width.max(6.0))) " 28" }
            width=(number(width.max(6.0))) height="28" {
            polyline points=(points.join(" ")) {}
        }
    }
}

/// A coordinate with at most one decimal.
fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    format!("{rounded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_tells_its_numbers_in_words() {
        let chart = BarChart::new("hours", "Hours", "Hours attended by week.")
            .target(9.0, "9 hours needed")
            .bar("2 Mar", 9.5, "9.5 h", Tone::Good)
            .bar("9 Mar", 0.0, "0 h", Tone::Bad);
        let html = chart.render().into_string();
        assert!(html.contains("Hours attended by week. 2 Mar: 9.5 h, 9 Mar: 0 h. 9 hours needed."), "{html}");
        assert!(!html.contains("NaN") && !html.contains("inf"));
    }

    #[test]
    fn nothing_to_draw_is_drawn_as_nothing() {
        for html in [BarChart::new("a", "b", "c").render(), sparkline("none", &[]), sparkline("one", &[0.0])] {
            let html = html.into_string();
            assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
        }
    }
}
