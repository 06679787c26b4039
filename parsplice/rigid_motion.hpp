// How one configuration of a set of atoms lies over another: rotations, drift, and what is left of displacements
// when both are taken off.
#pragma once

#include <array>
#include <vector>

#include "parsplice/configuration.hpp"

namespace splicemd::parsplice {

using Matrix3 = std::array<std::array<double, 3>, 3>;

inline constexpr Matrix3 kUnitMatrix{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

Matrix3 multiply(const Matrix3& a, const Matrix3& b);
Matrix3 transposed(const Matrix3& a);
Vector3 rotated(const Matrix3& a, const Vector3& x);
Vector3 difference(const Vector3& a, const Vector3& b);
double square(const Vector3& x);

// The vector `d` between two points, to the nearest image.
Vector3 nearest(const md::Box& box, const Vector3& d);

bool has_frozen(const AtomicConfiguration& atoms);
// Takes the mean off: a thermostat lets a free system drift as a whole.
void remove_drift(std::vector<Vector3>& displacement);

// The orthogonal matrix Q that makes Q·from as close as can be to `to` for the vectors between bonded atoms
// (images nearest to one another); reflections are allowed. `residual`: root mean square of what is left, Å.
Matrix3 bond_rotation(const AtomicConfiguration& reference, const std::vector<Vector3>& to,
                      double* residual);

// How far each atom is from its place (Å), nearest image: without the motion of the system as a whole where
// nothing holds it, that is its translation unless atoms are frozen, and its rotation if no axis is periodic
// either. `atoms` gives box and groups; all three have the same numbering.
std::vector<Vector3> displacements(const AtomicConfiguration& atoms,
                                   const std::vector<Vector3>& places,
                                   const std::vector<Vector3>& x);

}  // namespace splicemd::parsplice
