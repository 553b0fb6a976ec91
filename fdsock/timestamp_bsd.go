//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package fdsock

// timestampTypes are the ancillary data that are times.
var timestampTypes = map[int]stamp{SCM_TIMESTAMP: stampMicro}
