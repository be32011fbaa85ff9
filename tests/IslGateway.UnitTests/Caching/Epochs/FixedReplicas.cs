using IslGateway.Upstream;

namespace IslGateway.UnitTests.Caching.Epochs;

/// <summary>Replicas where a test puts them.</summary>
internal sealed class FixedReplicas(params string[] ids) : IReplicaSource
{
    public IReadOnlyList<(string Id, Uri Address, string? Host)> Replicas { get; set; } =
        [.. ids.Select(id => (id, new Uri($"http://{id}:8000/"), (string?)null))];
}
