using IslGateway.Benchmarks.Load;

namespace IslGateway.Benchmarks.Workloads;

/// <summary>One column of a workload: who is asked what.</summary>
/// <param name="Label">Its name in the table; for most, the server's.</param>
/// <param name="Server">The server's name.</param>
/// <param name="Requests">What it is asked.</param>
/// <param name="Check">What it has to answer.</param>
/// <param name="CallsUpstream">Whether every request has to become a call to the upstream; else none may.</param>
internal sealed record Lane(string Label, string Server, RequestSource Requests, AnswerCheck Check, bool CallsUpstream = false);
