// Whether the coefficients of a multi-element potential let its forces be the exact gradient.
#pragma once

#include "snap/parameters.hpp"

namespace splicemd::snap {

// With chemflag, components B(e1, e2, e3; j1, j2, j) with equal j are equal under the exchange of their
// elements. Forces count such components once (coupling.hpp), which is the gradient of the energy if
// their coefficients are equal too, as a fit makes them. Returns the largest difference between
// coefficients that should be equal, relative to the largest coefficient; 0 without chemflag. For
// quadratic terms the sums over equal components count.
double exchange_asymmetry(const Parameters& parameters);

}  // namespace splicemd::snap
