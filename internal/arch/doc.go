// Package arch holds the test of the direction of imports; see
// ARCHITECTURE.md.
package arch
