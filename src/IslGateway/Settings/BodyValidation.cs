namespace IslGateway.Settings;

/// <summary>Whether bodies are checked before ISL is asked.</summary>
internal enum BodyValidation
{
    /// <summary>ISL alone checks them.</summary>
    None,

    /// <summary>Against the schema that ISL publishes, as far as it tells for certain that ISL would refuse them.</summary>
    Schema,
}
