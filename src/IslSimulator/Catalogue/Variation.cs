namespace IslSimulator.Catalogue;

/// <summary>What an answer depends on besides the parsed body with its keys sorted.</summary>
internal enum Variation
{
    Nothing,

    /// <summary>Random numbers are drawn, or ties broken, in the body's own key order.</summary>
    KeyOrder,

    /// <summary>The order of a hash table: the same within a process, different in another.</summary>
    Process,

    /// <summary>A generator that is not seeded.</summary>
    Chance,

    /// <summary>The same, unless the body has a <c>seed</c>.</summary>
    ChanceUnlessSeeded,
}
