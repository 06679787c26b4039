// Changes to a configuration: cuts, vacancies, adatoms, displacements and random species.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "md/configuration.hpp"

namespace splicemd::md {

// Keeps the atoms within `radius` of the box's centre and puts them into a cube with `vacuum` on every
// side; all axes become open. InputError if the sphere does not fit the box or holds no atom.
void cut_sphere(Configuration& c, double radius, double vacuum);

// Lengthens the box by `vacuum` (Å) along axis `axis` (0, 1, 2), half on each side, and opens that axis.
// The box must be orthogonal to the axis (its two other vectors have no component along it).
void cut_slab(Configuration& c, int axis, double vacuum);

// Removes atoms; the remaining ones are numbered anew in the same order.
void remove_random_atoms(Configuration& c, std::int64_t count, std::uint64_t seed);
void remove_nearest_atom(Configuration& c,
                         const std::array<double, 3>& point);  // nearest image counts
void remove_atoms(Configuration& c, const std::vector<std::int64_t>& ids);

// Adds an atom of `element` at a point (Å); refuses one closer than 0.5 Å to another atom.
void add_atom(Configuration& c, const std::string& element, const std::array<double, 3>& point);
// The point above (x, y): `height` above the highest atom within `reach` (Å) of that line.
std::array<double, 3> point_above(const Configuration& c, double x, double y, double height,
                                  double reach = 3.0);

// Moves every atom by a vector whose components are uniform in ±amplitude, a function of (seed, id).
void displace_randomly(Configuration& c, double amplitude, std::uint64_t seed);

// Gives the atoms whose element is `on` (all atoms if empty) elements drawn at random, with counts that
// are the fractions' exact shares rounded to sum up. Fractions sum to 1 within 1e-6.
void randomise_species(Configuration& c,
                       const std::vector<std::pair<std::string, double>>& fractions,
                       std::uint64_t seed, const std::string& on = "");

// The index of `element` in c.species, which gets it (with its standard weight) if it is missing.
int species_index(Configuration& c, const std::string& element);

// Drops species no atom has, keeping the order of the others.
void drop_unused_species(Configuration& c);

}  // namespace splicemd::md
