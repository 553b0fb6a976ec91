//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package fdsock

// systemOptions are Linux's: those of these systems go by their numbers.
var systemOptions map[int]map[int]string
