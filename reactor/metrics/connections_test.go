package metrics_test

import (
	"reflect"
	"testing"

	"github.com/pollux-net/pollux/reactor/metrics"
	"github.com/pollux-net/pollux/reactor/stream"
)

// fixed is a hub whose counters are 1, 2, 3 and so on, in their order.
type fixed struct{}

func (fixed) Stats() (s stream.Stats) {
	v := reflect.ValueOf(&s).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Uint64:
			f.SetUint(uint64(i + 1))
		default:
			f.SetInt(int64(i + 1))
		}
	}
	return s
}

// TestConnections finds every counter of a hub, once.
func TestConnections(t *testing.T) {
	seen := make(map[float64]string)
	for name, f := range gather(t, metrics.Connections(fixed{})) {
		m := f.GetMetric()[0]
		v := m.GetCounter().GetValue() + m.GetGauge().GetValue() // one of them is nil
		if other, twice := seen[v]; twice {
			t.Errorf("%s and %s are the same counter", name, other)
		}
		seen[v] = name
	}
	want := reflect.TypeFor[stream.Stats]().NumField()
	for i := range want {
		if seen[float64(i+1)] == "" {
			t.Errorf("%s is missing", reflect.TypeFor[stream.Stats]().Field(i).Name)
		}
	}
	for v, name := range map[float64]string{1: "pollux_conns_open", 5: "pollux_conns_sent_bytes_total", 11: "pollux_conns_accepted_total"} {
		if seen[v] != name {
			t.Errorf("%s has the value of %s", seen[v], name)
		}
	}
}
