//! stub
use super::Frame;
use crate::domain::PromptId;
#[derive(Clone, Debug)]
pub struct Clip(Vec<Frame>);
impl Clip { pub fn frames(&self) -> &[Frame] { &self.0 } pub fn frame(&self, i: usize) -> Option<&Frame> { self.0.get(i) } pub fn looped(&self, tick: u64) -> &Frame { &self.0[(tick % self.0.len() as u64) as usize] } }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToneId { Entry, Exit, Record, Admit }
impl ToneId { pub fn name(self) -> &'static str { "entry" } }
#[derive(Debug)]
pub struct Sounds { p: Clip }
impl Sounds { pub fn prompt(&self, _p: PromptId) -> &Clip { &self.p } pub fn hold_music(&self) -> &Clip { &self.p } pub fn tone(&self, _t: ToneId) -> &Clip { &self.p } pub fn synthetic() -> Self { Self { p: Clip(vec![Frame([1; 160]); 10]) } } }
