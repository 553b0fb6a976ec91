package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"sync"
	"time"

	"github.com/pollux-net/pollux/bench/internal/child"
	"github.com/pollux-net/pollux/bench/internal/stats"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

const (
	livePeriod  = 100 * time.Millisecond // between the messages of one connection
	liveMessage = 64
	liveTimeout = 10 * time.Second // an echo that takes longer is a failure
)

// liveReport is what the live connections have seen since the last report.
type liveReport struct {
	Echoes   int64
	Failed   int // connections that broke, since the beginning
	P50, P99 time.Duration
}

// live are the well-behaved connections.
type live struct {
	mu      sync.Mutex
	latency stats.Histogram
	failed  int
}

// liveCommand is "badpeers live": each line on its input asks for a report.
func liveCommand(args []string) error {
	flags := flag.NewFlagSet("badpeers live", flag.ContinueOnError)
	addr := flags.String("addr", "", "`address` of the server")
	conns := flags.Int("conns", 1, "connections")
	useTLS := flags.Bool("tls", false, "speak TLS")
	if err := flags.Parse(args); err != nil {
		return err
	}
	all := make([]peer.Conn, *conns)
	for i := range all {
		var err error
		if all[i], err = dial(*addr, *useTLS); err != nil {
			return err
		}
	}
	l := &live{}
	begin := time.Now()
	for i, conn := range all {
		go l.keep(conn, begin.Add(livePeriod*time.Duration(i)/time.Duration(len(all))))
	}
	fmt.Println("READY", len(all))
	child.Serve(func(string) string { return l.report() })
	return nil
}

// keep sends a message each period. The time is taken from when a message was
// due: a connection that is held up does not send less, it is late more often.
func (l *live) keep(conn peer.Conn, due time.Time) {
	message := make([]byte, liveMessage)
	for ; ; due = due.Add(livePeriod) {
		time.Sleep(time.Until(due))
		_ = conn.SetDeadline(time.Now().Add(liveTimeout))
		err := peer.Echo(conn, message)
		l.mu.Lock()
		if err != nil {
			l.failed++
			l.mu.Unlock()
			return
		}
		l.latency.Record(time.Since(due))
		l.mu.Unlock()
	}
}

func (l *live) report() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text, err := json.Marshal(liveReport{
		Echoes: l.latency.Total, Failed: l.failed,
		P50: l.latency.Quantile(0.50), P99: l.latency.Quantile(0.99),
	})
	l.latency.Reset()
	if err != nil {
		return err.Error()
	}
	return string(text)
}
