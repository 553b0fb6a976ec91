package metrics_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/metrics"
)

func TestMain(m *testing.M) { leak.Main(m) }

// gather registers a collector, which checks it, and returns the families.
func gather(t *testing.T, c prometheus.Collector) map[string]*dto.MetricFamily {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(c); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]*dto.MetricFamily)
	for _, f := range families {
		byName[f.GetName()] = f
	}
	return byName
}

// TestLoops compares what is collected with what the loops say.
func TestLoops(t *testing.T) {
	g, err := reactor.NewGroup(reactor.Config{Loops: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}()
	done := make(chan struct{})
	l := g.Loops()[1]
	l.After(time.Hour, func() {})
	for range 3 {
		if err := l.Post(func() { done <- struct{}{} }); err != nil {
			t.Fatal(err)
		}
		<-done
	}
	before := l.Stats()
	families := gather(t, metrics.Loops(g))
	after := l.Stats()
	tasks := families["pollux_loop_tasks_total"].GetMetric()
	if len(tasks) != 2 || tasks[1].GetLabel()[0].GetValue() != "1" {
		t.Fatalf("%v, want one for each loop", tasks)
	}
	if n := tasks[1].GetCounter().GetValue(); n < float64(before.Tasks) || n > float64(after.Tasks) || after.Tasks < 2 {
		t.Errorf("%v posted functions, the loop says %d", n, after.Tasks)
	}
	if n := families["pollux_loop_timers"].GetMetric()[1].GetGauge().GetValue(); n != 1 {
		t.Errorf("%v timers, want 1", n)
	}
	busy := families["pollux_loop_busy_seconds_total"].GetMetric()[1].GetCounter().GetValue()
	if busy < before.Busy.Seconds() || busy > after.Busy.Seconds() {
		t.Errorf("busy for %v s, the loop says %v to %v", busy, before.Busy, after.Busy)
	}
	if len(families) != 14 {
		t.Errorf("%d families", len(families))
	}
}
