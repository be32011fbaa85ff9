namespace IslGateway.UnitTests.Caching.Keys.Differential;

internal enum Disagreement
{
    /// <summary>A key for a body that has none: a wrong answer may come of it.</summary>
    KeyedThoughInexact,

    /// <summary>No key for a body that is exact: never cached.</summary>
    RefusedThoughExact,

    /// <summary>One key for two: a wrong answer.</summary>
    SameKeyForTwo,

    /// <summary>Two keys for one: computed twice.</summary>
    TwoKeysForOne,
}
