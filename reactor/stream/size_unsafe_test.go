package stream

import (
	"testing"
	"unsafe"
)

// TestConnSize keeps a connection within its size class, of which the next
// ones cost 16 bytes more.
func TestConnSize(t *testing.T) {
	if size := unsafe.Sizeof(Conn{}); size > 160 {
		t.Errorf("a Conn has %d bytes", size)
	}
}
