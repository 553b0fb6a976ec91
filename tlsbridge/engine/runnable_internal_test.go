package engine

import "testing"

// TestWhole feeds records byte by byte: a pipe has a whole one with the last
// byte of it, wherever crypto/tls stands in it, and at once when it is longer
// than any may be.
func TestWhole(t *testing.T) {
	record := []byte{recordHandshake, 3, 3, 0, 4, 'b', 'o', 'd', 'y'}
	for taken := range record { // so much of it crypto/tls has read before
		var p pipe
		p.yield = func(struct{}) bool { return true }
		p.in.append(record[:taken])
		for p.in.len() > 0 {
			p.serve(make([]byte, 100))
		}
		for i, b := range record[taken:] {
			p.in.append([]byte{b})
			if got, want := p.whole(), taken+i == len(record)-1; got != want {
				t.Errorf("%d bytes read, %d there: %v", taken, i+1, got)
			}
		}
	}
	var p pipe
	p.in.append([]byte{recordHandshake, 3, 3, 0xff, 0xff})
	if !p.whole() {
		t.Error("a record that is too long is waited for")
	}
}
