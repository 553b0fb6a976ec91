package fdsock_test

import (
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
)

func TestEcho(t *testing.T) {
	l, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.Bind(fdsock.Inet("127.0.0.1", 0)); err != nil {
		t.Fatal(err)
	}
	if err := l.Listen(); err != nil {
		t.Fatal(err)
	}
	addr, err := l.GetSockName()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		c, _, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		var buf [4096]byte
		for {
			n, err := c.RecvInto(buf[:])
			if n == 0 || err != nil {
				return
			}
			if err := c.SendAll(buf[:n]); err != nil {
				t.Error(err)
			}
		}
	}()
	s, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.SetTimeout(5 * time.Second)
	if err := s.Connect(addr); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if err := s.SendAll([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		p, err := s.Recv(100)
		if err != nil || string(p) != "hello" {
			t.Fatal(p, err)
		}
	}
	s.SetTimeout(time.Millisecond)
	if _, err := s.Recv(1); !fdsock.TimeoutError(err) {
		t.Fatal(err)
	}
	s.SetTimeout(0)
	if _, err := s.Recv(1); !fdsock.BlockingIOError(err) {
		t.Fatal(err)
	}
	s2, _ := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	t.Log(s2.Connect(fdsock.Inet("127.0.0.1", 1)))
	s2.Close()
}
