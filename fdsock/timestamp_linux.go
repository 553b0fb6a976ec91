//go:build linux

package fdsock

// timestampTypes are the ancillary data that are times; those named NEW have
// 64-bit parts on every architecture.
var timestampTypes = map[int]stamp{
	SCM_TIMESTAMP: stampMicro, SO_TIMESTAMP_NEW: stampMicro,
	SCM_TIMESTAMPNS: stampNano, SO_TIMESTAMPNS_NEW: stampNano,
	SCM_TIMESTAMPING: stampTriple, SO_TIMESTAMPING_NEW: stampTriple,
}
