namespace IslGateway.Settings;

/// <summary>Whether the order of an object's members is part of the question.</summary>
internal enum KeyOrder
{
    /// <summary>Members are sorted: permuted bodies share an entry.</summary>
    Sorted,

    /// <summary>Members stay as sent: ISL draws its random numbers in that order.</summary>
    Significant,
}
