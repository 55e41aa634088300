//! Where blocks of a day stand beside each other: no two that overlap share a lane.

/// The part of a column's width that all widths are whole numbers of: divisible by 1 to 6 lanes.
pub const PARTS: usize = 60;
/// The most lanes side by side; with more, the last one says how many are left.
pub const LANES_MAX: usize = 6;

/// From one minute of the day until another, which is later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first minute.
    pub from: u16,
    /// The minute after the last.
    pub until: u16,
}

impl Span {
    /// Whether the two have a minute in common.
    pub const fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// From the earlier beginning until the later end.
    fn around(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), until: self.until.max(other.until) }
    }
}

/// Where a block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which lane, from 0.
    pub lane: usize,
    /// How many lanes it takes: to the next block at its right.
    pub width: usize,
    /// How many lanes there are beside each other at its time.
    pub lanes: usize,
    /// Blocks that touch one another, directly or through others, have the same number.
    pub cluster: usize,
}

/// A place for each span, in the order they were given.
pub fn places(spans: &[Span]) -> Vec<Place> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&at| (spans[at].from, std::cmp::Reverse(spans[at].until), at));
    let mut places = vec![Place { lane: 0, width: 1, lanes: 1, cluster: 0 }; spans.len()];
    let (mut cluster, mut end) = (0, 0);
    let mut lane_ends: Vec<u16> = Vec::new();
    for at in order {
        let span = spans[at];
        if span.from >= end {
            cluster += 1;
            lane_ends.clear();
        }
        let free = lane_ends.iter().position(|until| *until <= span.from);
        let lane = free.unwrap_or(lane_ends.len());
        if free.is_none() {
            lane_ends.push(span.until);
        }
        lane_ends[lane] = span.until;
        end = if lane_ends.len() == 1 && free.is_none() { span.until } else { end.max(span.until) };
        places[at].lane = lane;
        places[at].cluster = cluster;
    }
    widen(spans, places)
}

/// Tells each block how many lanes its cluster has, and lets it reach to the next block at its right.
fn widen(spans: &[Span], mut places: Vec<Place>) -> Vec<Place> {
    let clusters = places.iter().map(|place| place.cluster).max().unwrap_or(0);
    let mut lanes = vec![1; clusters + 1];
    for place in &places {
        lanes[place.cluster] = lanes[place.cluster].max(place.lane + 1);
    }
    let known = places.clone();
    for (at, place) in places.iter_mut().enumerate() {
        place.lanes = lanes[place.cluster];
        let in_the_way = |other: usize| {
            known[other].cluster == place.cluster && known[other].lane > place.lane && spans[other].overlaps(spans[at])
        };
        let next = (0..known.len()).filter(|&other| in_the_way(other)).map(|other| known[other].lane).min();
        place.width = next.unwrap_or(place.lanes) - place.lane;
    }
    places
}

/// Blocks for which there is no room, and where to say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rest {
    /// How many.
    pub count: usize,
    /// From the first of them until the last.
    pub span: Span,
    /// The last lane, alone.
    pub place: Place,
}

/// The places of those that have room in `most` lanes, and what is left of each cluster that has more.
pub fn crowded(spans: &[Span], most: usize) -> (Vec<Option<Place>>, Vec<Rest>) {
    let most = most.clamp(2, LANES_MAX);
    let mut rests: Vec<Rest> = Vec::new();
    let mut shown = Vec::with_capacity(spans.len());
    for (span, place) in spans.iter().zip(places(spans)) {
        if place.lanes <= most {
            shown.push(Some(place));
        } else if place.lane < most - 1 {
            let width = place.width.min(most - 1 - place.lane);
            shown.push(Some(Place { width, lanes: most, ..place }));
        } else {
            shown.push(None);
            let last = Place { lane: most - 1, width: 1, lanes: most, cluster: place.cluster };
            match rests.iter_mut().find(|rest| rest.place.cluster == place.cluster) {
                Some(rest) => (rest.count, rest.span) = (rest.count + 1, rest.span.around(*span)),
                None => rests.push(Rest { count: 1, span: *span, place: last }),
            }
        }
    }
    (shown, rests)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span(from: u16, until: u16) -> Span {
        Span { from, until }
    }

    fn lanes(spans: &[Span]) -> Vec<(usize, usize, usize)> {
        places(spans).iter().map(|place| (place.lane, place.width, place.lanes)).collect()
    }

    #[test]
    fn what_does_not_overlap_has_the_whole_width() {
        assert_eq!(lanes(&[span(540, 600), span(600, 660), span(0, 5)]), [(0, 1, 1); 3]);
        assert_eq!(lanes(&[]), []);
    }

    #[test]
    fn what_overlaps_stands_side_by_side() {
        assert_eq!(lanes(&[span(540, 600), span(570, 630)]), [(0, 1, 2), (1, 1, 2)]);
        // The third begins when the first is over: it takes the first's lane.
        assert_eq!(lanes(&[span(540, 600), span(570, 660), span(600, 660)]), [(0, 1, 2), (1, 1, 2), (0, 1, 2)]);
    }

    #[test]
    fn a_block_reaches_to_the_next_at_its_right() {
        // Three at nine, and later one that only the long first one touches.
        let spans = [span(540, 720), span(540, 600), span(540, 600), span(660, 720)];
        assert_eq!(lanes(&spans), [(0, 1, 3), (1, 1, 3), (2, 1, 3), (1, 2, 3)]);
    }

    #[test]
    fn the_longest_of_those_that_begin_together_comes_first() {
        assert_eq!(lanes(&[span(540, 560), span(540, 700)]), [(1, 1, 2), (0, 1, 2)]);
    }

    #[test]
    fn the_last_lane_says_how_many_are_left() {
        let (shown, rests) = crowded(&[span(540, 600); 7], 4);
        assert_eq!(shown.iter().flatten().count(), 3);
        let last = Place { lane: 3, width: 1, lanes: 4, cluster: 1 };
        assert_eq!(rests, [Rest { count: 4, span: span(540, 600), place: last }]);
        let (shown, rests) = crowded(&[span(540, 600); 4], 4);
        assert!(shown.iter().all(Option::is_some) && rests.is_empty(), "four have room in four");
    }

    proptest! {
        #[test]
        fn no_two_that_overlap_share_a_lane(times in prop::collection::vec((0u16..1440, 1u16..720), 0..60), most in 2usize..7) {
            let spans: Vec<Span> = times.iter().map(|(from, length)| span(*from, (from + length).min(1440))).collect();
            let all = places(&spans);
            for (a, one) in all.iter().enumerate() {
                prop_assert!(one.width >= 1 && one.lane + one.width <= one.lanes);
                for (b, other) in all.iter().enumerate().skip(a + 1).filter(|(b, _)| spans[a].overlaps(spans[*b])) {
                    prop_assert!(one.cluster == other.cluster && one.lanes == other.lanes);
                    let apart = one.lane + one.width <= other.lane || other.lane + other.width <= one.lane;
                    prop_assert!(apart, "{a} and {b} of {spans:?}: {one:?} {other:?}");
                }
            }
            // Nobody is lost, and with few lanes it still holds, the last lane's line included.
            let (shown, rests) = crowded(&spans, most);
            let left: usize = rests.iter().map(|rest| rest.count).sum();
            prop_assert_eq!(shown.iter().flatten().count() + left, spans.len());
            let places = shown.iter().zip(&spans).filter_map(|(place, span)| place.map(|place| (place, *span)));
            let drawn: Vec<(Place, Span)> = places.chain(rests.iter().map(|rest| (rest.place, rest.span))).collect();
            for (a, (one, when)) in drawn.iter().enumerate() {
                prop_assert!(one.lanes <= most && PARTS.is_multiple_of(one.lanes));
                for (other, _) in drawn.iter().skip(a + 1).filter(|(_, then)| then.overlaps(*when)) {
                    let apart = one.lane + one.width <= other.lane || other.lane + other.width <= one.lane;
                    prop_assert!(apart, "{one:?} {other:?}");
                }
            }
        }
    }
}
