namespace IslGateway.Caching.Validation;

/// <summary>
/// A body takes more steps to check than one may. Thrown through the library's evaluation, which knows no other way to end.
/// </summary>
internal sealed class OutOfStepsException : Exception;
