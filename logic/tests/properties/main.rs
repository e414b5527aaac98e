//! What the rules promise for every input, each against an oracle that is written another way.

mod any;
mod calls;
mod chance;
mod countdown;
mod credit;
mod deadlines;
mod policy;
mod refusals;
