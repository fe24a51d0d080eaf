//! stub
use super::Frame;
use crate::domain::Digit;
#[derive(Clone, Debug)]
pub struct Detector;
pub struct Ear { pub pressed: Option<Digit>, pub suspect: bool }
impl Detector { pub fn new() -> Self { Self } pub fn hear(&mut self, _f: &Frame) -> Ear { Ear { pressed: None, suspect: false } } }
