package tlsmetrics_test

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/pollux-net/pollux/tlsbridge"
	"github.com/pollux-net/pollux/tlsbridge/tlsmetrics"
)

type fixed struct{}

func (fixed) Stats() tlsbridge.HandshakeStats {
	return tlsbridge.HandshakeStats{Steps: 1, Refused: 2, Waiting: 3, Running: 4}
}

func TestHandshakes(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(tlsmetrics.Handshakes(fixed{}))
	err := testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP pollux_handshake_refused_total Steps that found no room in the queue.
# TYPE pollux_handshake_refused_total counter
pollux_handshake_refused_total 2
# HELP pollux_handshake_running Steps being done.
# TYPE pollux_handshake_running gauge
pollux_handshake_running 4
# HELP pollux_handshake_steps_total Steps done; a handshake takes two or so.
# TYPE pollux_handshake_steps_total counter
pollux_handshake_steps_total 1
# HELP pollux_handshake_waiting Steps that wait.
# TYPE pollux_handshake_waiting gauge
pollux_handshake_waiting 3
`))
	if err != nil {
		t.Error(err)
	}
}

// TestPool shows a pool itself.
func TestPool(t *testing.T) {
	if n := testutil.CollectAndCount(tlsmetrics.Handshakes(tlsbridge.NewHandshakePool(0, 0))); n != 4 {
		t.Errorf("%d metrics", n)
	}
}
