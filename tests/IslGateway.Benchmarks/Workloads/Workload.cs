namespace IslGateway.Benchmarks.Workloads;

/// <summary>One row of the table.</summary>
/// <param name="Name">Its name in options and targets.</param>
/// <param name="Title">Its name for readers.</param>
/// <param name="Lanes">Who takes part; measured by turns.</param>
/// <param name="PerSecond">Requests a second; 0: as many as the server answers.</param>
/// <param name="Connections">Connections of the load: enough that the server is never without work.</param>
internal sealed record Workload(string Name, string Title, IReadOnlyList<Lane> Lanes, int PerSecond = 0, int Connections = 32);
