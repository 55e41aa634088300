//! The roster against a plain model: whatever is done, in whatever order and by however many at once, the product
//! stands where a few vectors stand.

mod concurrent;
mod plain;
mod player;

use plain::{Group, HOLD_HOURS, OnFull, Policy, Step, World};
use player::Player;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::harness::{TestApp, on_both};

const GROUPS: usize = 3;
const PEOPLE: usize = 9;

fn on_full() -> impl Strategy<Value = OnFull> {
    prop_oneof![6 => Just(OnFull::Waitlist), 2 => Just(OnFull::Reject), 1 => Just(OnFull::Override)]
}

/// One step; people and stints are drawn from few, so that steps meet.
fn step() -> impl Strategy<Value = Step> {
    let (group, person, nth) = (0..GROUPS, 0..PEOPLE, 0..PEOPLE * 2);
    let pair = (0..PEOPLE - 1).prop_flat_map(|one| (Just(one), one + 1..PEOPLE));
    prop_oneof![
        8 => (group.clone(), person.clone(), on_full()).prop_map(|(group, person, on_full)| Step::Add { group, person, on_full }),
        2 => (group.clone(), prop::collection::vec(person, 1..5), on_full())
            .prop_map(|(group, people, on_full)| Step::Batch { group, people, on_full }),
        5 => (group.clone(), nth.clone()).prop_map(|(group, nth)| Step::Remove { group, nth }),
        3 => (group.clone(), nth.clone()).prop_map(|(group, nth)| Step::Accept { group, nth }),
        2 => (group.clone(), nth.clone()).prop_map(|(group, nth)| Step::Decline { group, nth }),
        2 => (group.clone(), nth, 0..6_usize).prop_map(|(group, nth, position)| Step::Move { group, nth, position }),
        3 => (group.clone(), 2..6_usize).prop_map(|(group, seats)| Step::Seats { group, seats }),
        1 => group.clone().prop_map(|group| Step::Archive { group }),
        2 => group.prop_map(|group| Step::Restore { group }),
        2 => pair.clone().prop_map(|(one, other)| Step::Apart { one, other }),
        1 => pair.prop_map(|(one, other)| Step::Together { one, other }),
        2 => (1..HOLD_HOURS + 6).prop_map(|hours| Step::Pass { hours }),
    ]
}

/// The same scripts every time: a failure can be run again.
fn script(seed: u8, length: usize) -> Vec<Step> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    prop::collection::vec(step(), length).new_tree(&mut runner).unwrap().current()
}

fn world() -> World {
    let policies = [Policy::Auto, Policy::Offer, Policy::Manual];
    World::new(policies.into_iter().map(|policy| Group::new(3, policy)).collect())
}

on_both! {
    /// Any interleaving of add, batch, remove, raise, lower, offer, accept, decline, expire, move, archive and
    /// keep-apart on several groups.
    async fn any_interleaving_agrees_with_the_plain_model(app: TestApp) {
        for seed in 0..6 {
            let mut world = world();
            let mut player = Player::new(&app, &world, PEOPLE).await;
            let script = script(seed, 120);
            for (at, step) in script.iter().enumerate() {
                let Some(step) = world.bound(step) else { continue };
                let expected = world.step(&step);
                let said = player.play(&step).await;
                assert_eq!(said.as_deref(), expected.as_ref().map_or_else(|code| Some(*code), |()| None), "seed {seed}, step {at}: {step:?}");
                player.expect(&world, &format!("seed {seed}, after step {at}: {step:?}")).await;
            }
        }
        app.seal_and_verify().await;
    }
}
