package reactor

import (
	"testing"
	"unsafe"
)

// TestHandleSize keeps a handle within its size class.
func TestHandleSize(t *testing.T) {
	if size := unsafe.Sizeof(Handle{}); size > 96 {
		t.Errorf("a Handle has %d bytes", size)
	}
}
