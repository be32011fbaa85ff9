namespace IslGateway.Caching.Validation;

/// <summary>What ISL's live configurations say of a field of a row's bodies.</summary>
internal enum FieldStanding
{
    /// <summary>Not all of them have said anything: ISL was not asked yet, or gives no answer.</summary>
    Unknown,

    /// <summary>All of them declare it.</summary>
    Declared,

    /// <summary>At least one does not.</summary>
    NotDeclared,
}
