//! stub
use super::Frame;
#[derive(Clone, Debug)]
pub struct Sum([i32; 160]);
impl Default for Sum { fn default() -> Self { Self([0; 160]) } }
impl Sum {
    pub fn clear(&mut self) { self.0 = [0; 160]; }
    pub fn add(&mut self, f: &Frame) { for (s, &x) in self.0.iter_mut().zip(&f.0) { *s += i32::from(x); } }
    pub fn mix_minus(&self, own: &Frame, out: &mut Frame) { for ((o, &t), &x) in out.0.iter_mut().zip(&self.0).zip(&own.0) { *o = (t - i32::from(x)).clamp(-32768, 32767) as i16; } }
    pub fn write_all(&self, out: &mut Frame) { for (o, &t) in out.0.iter_mut().zip(&self.0) { *o = t.clamp(-32768, 32767) as i16; } }
}
