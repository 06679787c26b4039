// FIRE: damped dynamics that turns towards the forces and speeds up while it goes downhill.
//
// Bitzek, Koskinen, Gähler, Moseler, Gumbsch, Phys. Rev. Lett. 97 (2006) 170201, with the corrections
// of FIRE 2.0 (semi-implicit Euler, half a step back when going uphill): Guénolé, Nöhring, Vaid, Houllé,
// Xie, Prakash, Bitzek, Comput. Mater. Sci. 175 (2020) 109584. All atoms have the same mass here, the mean
// of the system's: the path to the minimum is not a trajectory.
#pragma once

#include "md/minimisers/minimiser.hpp"

namespace splicemd::md {

struct FireSettings {
  double timestep = 0.002;  // ps, the first
  double longest = 10.0;    // timesteps lie between these multiples of the first
  double shortest = 0.02;
  int delay = 20;  // steps downhill before the timestep grows
  double grow = 1.1, shrink = 0.5;
  double mixing = 0.25;  // α: share of the velocity turned towards the forces
  double mixing_decay = 0.99;
};

class Fire : public Minimiser {
 public:
  explicit Fire(const MinimiserSettings& settings, const FireSettings& fire = {});
  std::string name() const override { return "fire"; }

  // Kernel bodies need these to be public.
  // v ← keep·v + push·f for mobile atoms, x −= back·v first; returns the largest |v| afterwards on all ranks.
  double update_velocities(System& system, double back, double keep, double push) const;
  void move(System& system, double dt) const;

 protected:
  void start(System& system) override;
  void advance(System& system, Forces& forces) override;

 private:
  FireSettings fire_;
  double accel_ = 0.0;  // Å/ps² per eV/Å
  double dt_ = 0.0, mixing_ = 0.0;
  double moved_dt_ = 0.0;  // ps, over which the velocities last moved the atoms
  double fastest_ = 0.0;   // Å/ps, the largest |v| then
  int downhill_ = 0;
};

std::unique_ptr<Minimiser> make_fire(const ConfigNode& stage, const MinimiserSettings& settings);

}  // namespace splicemd::md
