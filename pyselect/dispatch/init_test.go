package dispatch_test

import (
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/dispatch"
)

// panics wants a panic that says so.
func panics(t *testing.T, what, text string, call func()) {
	t.Helper()
	defer func() {
		if got, _ := recover().(string); !strings.Contains(got, text) {
			t.Errorf("%s: panic of %q, want %q", what, got, text)
		}
	}()
	call()
}

// TestNotInitialized tells who has forgotten Init, at the first call, and leaves
// the socket alone.
func TestNotInitialized(t *testing.T) {
	a, b, err := fdsock.SocketPair()
	must(t, err)
	defer a.Close()
	defer b.Close()
	var d dispatch.Dispatcher
	var w dispatch.DispatcherWithSend
	var c chat
	var f dispatch.FileDispatcher
	for what, call := range map[string]func(){
		"Attach":          func() { _ = d.Attach(a) },
		"AttachFile":      func() { _ = f.AttachFile(pyselect.FD(a.Fileno())) },
		"CreateSocket":    func() { _ = d.CreateSocket(fdsock.AF_INET, fdsock.SOCK_STREAM) },
		"AddChannel":      d.AddChannel,
		"DelChannel":      d.DelChannel,
		"Fileno":          func() { d.Fileno() },
		"Recv":            func() { _, _ = d.Recv(1) },
		"Send":            func() { _, _ = d.Send(nil) },
		"Close":           func() { _ = d.Close() },
		"HandleReadEvent": func() { _ = d.HandleReadEvent() },
		"HandleRead":      func() { _ = d.HandleRead() },
		"HandleClose":     func() { _ = d.HandleClose() },
		"HandleExptEvent": func() { _ = d.HandleExptEvent() },
		"WithSend.Send":   func() { _, _ = w.Send([]byte("x")) },
		"Push":            func() { _ = c.Push([]byte("x")) },
		"Chat.HandleRead": func() { _ = c.HandleRead() },
	} {
		panics(t, what, "dispatch: the channel is not ready: call Init first", call)
	}
	if a.GetTimeout() == 0 {
		t.Error("the socket is nonblocking now")
	}
	panics(t, "Init", "NewMap makes one", func() { d.Init(newBare(newMap(t)), nil) })
	panics(t, "Init", "embedded in", func() { c.Init(nil, newMap(t)) })
}
