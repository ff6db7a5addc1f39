namespace MtrlFunctional.Tensors;

/// <summary>An environment variable has an invalid value.</summary>
/// <param name="message">The variable, its value, and the valid values.</param>
public sealed class SettingException(string message) : Exception(message);
