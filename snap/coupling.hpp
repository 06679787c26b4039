// Coupling (Clebsch–Gordan) coefficients of SU(2), with all angular momenta doubled.
#pragma once

namespace splicemd::snap {

// ⟨j1/2 m1/2, j2/2 m2/2 | j/2 (m1+m2)/2⟩ in the Condon–Shortley convention (Varshalovich, Moskalev,
// Khersonskii, Quantum Theory of Angular Momentum, eq. 8.2.1(3)). Zero outside the selection rules.
double coupling(int j1, int m1, int j2, int m2, int j);

// n! for n up to 160.
long double factorial(int n);
// n! / (k! (n − k)!), 0 outside 0 <= k <= n.
long double binomial(int n, int k);

// The largest j (doubled) that j1 and j2 couple to, at most twojmax.
inline int largest_coupled(int twojmax, int j1, int j2) {
  return j1 + j2 <= twojmax ? j1 + j2 : twojmax - (j1 + j2 - twojmax) % 2;
}

// How often the derivative of B(e1, e2, e3; j1, j2, j) by each of its three
// densities counts in Y. Components that are equal by exchange of equal j (j1 = j: B(e1, e2, e3) =
// B(e3, e2, e1), and so on) are differentiated in one role only, weighted by their number, as LAMMPS
// does; with coefficients that have the same symmetry, as any fit yields, that is the exact gradient.
struct RoleWeights {
  int first, second, third;  // by the density of j1, j2, j; j2 ≤ j1 ≤ j
};
inline RoleWeights role_weights(int j1, int j2, int j) {
  return {j1 == j ? 0 : (j2 == j1 ? 2 : 1), j2 == j1 ? 0 : 1, j1 == j ? (j2 == j ? 3 : 2) : 1};
}

}  // namespace splicemd::snap
