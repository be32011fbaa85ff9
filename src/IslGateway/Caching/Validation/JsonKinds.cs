namespace IslGateway.Caching.Validation;

/// <summary>Kinds of JSON values, as far as ISL's validator does not convert one into another: among scalars it does.</summary>
[Flags]
internal enum JsonKinds
{
    None = 0,
    Object = 1,
    Array = 2,
    Scalar = 4,
    Null = 8,
    All = Object | Array | Scalar | Null,
}
