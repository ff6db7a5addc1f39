namespace MtrlFunctional.Tensors;

/// <summary>A variable of the environment asks for something that cannot be.</summary>
/// <param name="message">The variable, what it says, and what it may say.</param>
public sealed class SettingException(string message) : Exception(message);
