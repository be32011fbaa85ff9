namespace IslGateway.UnitTests.Caching.Keys.Differential;

/// <summary>What the canonicaliser is compared with.</summary>
internal interface IReader : IDisposable
{
    string Name { get; }

    /// <summary>Begins with bodies; what comes of them is told by <see cref="Readings"/>, once for each call.</summary>
    void Begin(IReadOnlyList<byte[]> bodies);

    /// <summary>One for each body of the last <see cref="Begin"/>.</summary>
    Reading[] Readings();
}
