using MtrlFunctional.Training;

namespace MtrlFunctional.Environments.Gym;

/// <summary>Divides the rewards of one environment; its statistics persist over episodes.</summary>
internal sealed class RewardNormalizer(RewardNormalizationMethod kind)
{
    private const double Discount = 0.99;
    private const double Rate = 0.001;

    private ReturnStatistics _returns = RewardNormalizationModule.NoReturns;
    private RewardStatistics _rewards = RewardNormalizationModule.NoRewards;

    internal double Divide(double reward, bool terminated)
    {
        switch (kind)
        {
            case RewardNormalizationMethod.Gymnasium:
                (_returns, var byReturn) = RewardNormalizationModule.ByReturn(Discount, _returns, terminated, reward);
                return byReturn;
            case RewardNormalizationMethod.Exponential:
                (_rewards, var byReward) = RewardNormalizationModule.ByExponential(Rate, _rewards, reward);
                return byReward;
            default:
                return reward;
        }
    }
}
