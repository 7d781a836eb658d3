package remote

// DropConnections makes every member connect anew with its next call, and leaves what was learnt about certificates.
func (c *Cluster) DropConnections() {
	for _, m := range c.members {
		m.mu.Lock()
		if m.held != nil {
			m.held.api.CloseIdleConnections()
		}
		m.mu.Unlock()
	}
}
