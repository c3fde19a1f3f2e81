module kubectlwstools

go 1.24.0

require github.com/kcp-dev/kcp/cli v0.27.1

replace github.com/kcp-dev/kcp/sdk => github.com/kcp-dev/kcp/sdk v0.27.1
