package session

import (
	"context"
	"os"
	"sync"
)

// Interrupts turns signals into an end of the context. While steps run, the first signal only asks for an orderly
// end and the second one ends the context.
type Interrupts struct {
	mu   sync.Mutex
	code ExitCode
	// gentle is what the next signal does instead of ending the context; nil when it ends it.
	gentle func()
}

// Watch follows the signals until the returned function is called.
func Watch(ctx context.Context, signals <-chan os.Signal) (context.Context, *Interrupts, func()) {
	ctx, cancel := context.WithCancel(ctx)
	i := &Interrupts{}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case signal := <-signals:
				i.received(signal, cancel)
			}
		}
	})
	return ctx, i, func() { cancel(); group.Wait() }
}

func (i *Interrupts) received(signal os.Signal, cancel func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.code = ExitTerminated
	if signal == os.Interrupt {
		i.code = ExitInterrupted
	}
	if gentle := i.gentle; gentle != nil {
		i.gentle = nil
		gentle()
		return
	}
	cancel()
}

// gently makes the next signal close the returned channel and call notice; the one after it ends the context.
// The returned function ends this.
func (i *Interrupts) gently(notice func()) (stop <-chan struct{}, done func()) {
	channel := make(chan struct{})
	i.set(func() {
		close(channel)
		notice()
	})
	return channel, func() { i.set(nil) }
}

func (i *Interrupts) set(gentle func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.gentle = gentle
}

// CodeOf returns the exit code for the error a command returned: the signal's, if one came and the command did not
// end well all the same.
func (i *Interrupts) CodeOf(err error) ExitCode {
	i.mu.Lock()
	defer i.mu.Unlock()
	if err != nil && i.code != 0 {
		return i.code
	}
	return CodeOf(err)
}
