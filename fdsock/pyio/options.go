package pyio

// Option is a keyword argument of makefile. An option that is not given is
// Python's None.
type Option func(*options)

type options struct {
	buffering *int
	encoding  *string
	errors    *string
	newline   **string
	lines     *bool
	through   *bool
}

// Buffering sets the size of the buffer in bytes. 0 is none, for bytes only;
// negative is the default, 8192.
func Buffering(size int) Option { return func(o *options) { o.buffering = &size } }

// Encoding sets the encoding of text, by a name of Python's: utf-8, utf-8-sig,
// ascii, latin-1, utf-16, utf-32 with or without -le and -be, the code pages
// of golang.org/x/text, shift_jis, euc_jp, euc_kr, gbk, gb18030, big5. The
// default is utf-8, whatever the locale.
func Encoding(name string) Option { return func(o *options) { o.encoding = &name } }

// Errors sets what happens to what cannot be encoded or decoded: strict, the
// default, ignore, replace, backslashreplace, xmlcharrefreplace (encoding
// only) or surrogateescape (UTF-8 and ASCII only).
func Errors(handler string) Option { return func(o *options) { o.errors = &handler } }

// Newline sets which line endings there are. Not given: all of \n, \r and \r\n
// are read as \n. "": all of them end lines, and stay. Otherwise the one that
// is given ends lines, and \n is written as it.
func Newline(ending string) Option {
	return func(o *options) { p := &ending; o.newline = &p }
}

// LineBuffering sends what is written whenever it has a line ending in it. Not
// for Makefile, as in Python; for NewTextIOWrapper and Reconfigure.
func LineBuffering(on bool) Option { return func(o *options) { o.lines = &on } }

// WriteThrough hands what is written to the buffer below at once. Not for
// Makefile, as in Python; for NewTextIOWrapper and Reconfigure.
func WriteThrough(on bool) Option { return func(o *options) { o.through = &on } }

func gather(opts []Option) (o options) {
	for _, set := range opts {
		set(&o)
	}
	return o
}

// or returns what p points to, or a default.
func or[T any](p *T, missing T) T {
	if p == nil {
		return missing
	}
	return *p
}

// Open is socket.makefile for any source. The mode has the letters r, w and b:
// without w the file reads, with b it is of bytes, a [Binary]; otherwise it is a
// [TextIOWrapper]. The caller has counted the file as one more user of the
// source, which is released when the file is closed, or if this fails.
func Open(source Source, mode string, opts ...Option) (File, error) {
	o := gather(opts)
	raw, err := openRaw(source, mode)
	if err != nil {
		return nil, err
	}
	file, err := o.open(raw, mode)
	if err != nil {
		return nil, first(err, raw.Close())
	}
	return file, nil
}

// OpenBinary is Open of bytes: b is added to the mode.
func OpenBinary(source Source, mode string, opts ...Option) (Binary, error) {
	file, err := Open(source, mode+"b", opts...)
	if err != nil {
		return nil, err
	}
	return file.(Binary), nil
}

// OpenText is Open of text: b in the mode is an error.
func OpenText(source Source, mode string, opts ...Option) (*TextIOWrapper, error) {
	file, err := Open(source, mode, opts...)
	if err != nil {
		return nil, err
	}
	text, ok := file.(*TextIOWrapper)
	if !ok {
		return nil, first(&ValueError{"mode " + quote(mode) + " is not of text"}, file.Close())
	}
	return text, nil
}

// first prefers the error that came first.
func first(err, later error) error {
	if err != nil {
		return err
	}
	return later
}

func openRaw(source Source, mode string) (*SocketIO, error) {
	letters := map[rune]bool{}
	for _, r := range mode {
		if r != 'r' && r != 'w' && r != 'b' {
			err := &ValueError{"invalid mode " + quote(mode) + " (only r, w, b allowed)"}
			return nil, first(err, source.Release())
		}
		letters[r] = true
	}
	rawMode := "r"
	if letters['w'] {
		rawMode = "w"
		if letters['r'] {
			rawMode = "rw"
		}
	}
	return NewSocketIO(source, rawMode)
}

func (o *options) open(raw *SocketIO, mode string) (File, error) {
	text := true
	for _, r := range mode {
		text = text && r != 'b'
	}
	size := or(o.buffering, -1)
	if size < 0 {
		size = chunk
	}
	if size == 0 {
		if text {
			return nil, &ValueError{"unbuffered streams must be binary"}
		}
		return raw, nil
	}
	buffer, err := buffered(raw, size)
	if err != nil || !text {
		return buffer, err
	}
	o.lines, o.through = nil, nil
	file, err := newText(buffer, o)
	if err != nil {
		return nil, err
	}
	file.mode = mode
	return file, nil
}

// buffered puts the buffer on a file that its mode asks for.
func buffered(raw *SocketIO, size int) (Binary, error) {
	switch {
	case raw.reading && raw.writing:
		return NewBufferedRWPair(raw, raw, size)
	case raw.reading:
		return NewBufferedReader(raw, size)
	}
	return NewBufferedWriter(raw, size)
}
