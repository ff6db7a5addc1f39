using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>How Adam steps (Kingma and Ba 2015, arXiv:1412.6980), in the conventions of torch.optim.Adam.</summary>
/// <param name="Rate">Learning rate.</param>
/// <param name="Beta1">Decay of the mean gradient.</param>
/// <param name="Beta2">Decay of the mean square.</param>
/// <param name="Epsilon">Added to the root of the mean square.</param>
/// <param name="WeightDecay">L2 penalty, added to the gradient.</param>
public readonly record struct AdamRule(double Rate, double Beta1, double Beta2, double Epsilon, double WeightDecay);

/// <summary>What a step of Adam makes: new flat vectors; the old ones are untouched.</summary>
/// <param name="Parameters">New parameters.</param>
/// <param name="Mean">New decayed mean of the gradient.</param>
/// <param name="Square">New decayed mean of its square.</param>
public sealed record AdamOutcome(Tensor Parameters, Tensor Mean, Tensor Square);
