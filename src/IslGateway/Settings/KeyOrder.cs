namespace IslGateway.Settings;

/// <summary>Whether the order of an object's members is part of the question.</summary>
internal enum KeyOrder
{
    /// <summary>Members are sorted: permuted bodies share an entry, because ISL was seen to answer them alike.</summary>
    Sorted,

    /// <summary>Members stay as sent: ISL draws its random numbers or breaks its ties in that order, or nobody knows.</summary>
    Significant,
}
