namespace MtrlFunctional.Experiments

[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal OnPolicyKeys =
    open Schema

    let schema =
        schema {
            let! batchSize = EpisodeKeys.batchSize
            and! episodeLength = EpisodeKeys.episodeLength
            and! stepsAfterSuccess = EpisodeKeys.stepsAfterSuccess
            and! minEpisodes = EpisodeKeys.minEpisodes
            and! maxEpisodes = EpisodeKeys.maxEpisodes
            and! priority = EpisodeKeys.priority
            and! noiseCorrelation = EpisodeKeys.noiseCorrelation
            and! workers = EpisodeKeys.workers
            and! lambda = AdvantageKeys.lambda
            and! lag = AdvantageKeys.lag
            and! asynchronous = AdvantageKeys.asynchronous
            and! rhoBar = AdvantageKeys.rhoBar
            and! cBar = AdvantageKeys.cBar
            and! centerAdvantages = AdvantageKeys.centerAdvantages
            and! positiveAdvantages = AdvantageKeys.positiveAdvantages
            and! advantagesPerTask = AdvantageKeys.advantagesPerTask
            and! advantagesPerMinibatch = AdvantageKeys.advantagesPerMinibatch
            and! entropy = EntropyKeys.entropy
            and! entropyCoefficient = EntropyKeys.entropyCoefficient
            and! targetEntropy = EntropyKeys.targetEntropy
            and! entropyRate = EntropyKeys.entropyRate
            and! stopEntropyGradient = EntropyKeys.stopEntropyGradient
            and! softplusEntropy = EntropyKeys.softplusEntropy
            and! boundsLoss = EntropyKeys.boundsLoss
            and! initStd = StdKeys.initStd
            and! minStd = StdKeys.minStd
            and! unsolvedStd = StdKeys.unsolvedStd
            and! maxStd = StdKeys.maxStd
            and! stdPerTask = StdKeys.stdPerTask
            and! tanh = OnPolicyNetworkKeys.tanh
            and! initialWeights = OnPolicyNetworkKeys.initialWeights
            and! value = OnPolicyNetworkKeys.value
            and! valueEpochs = OnPolicyNetworkKeys.valueEpochs
            and! valueLayerNorm = OnPolicyNetworkKeys.valueLayerNorm
            and! normalizeValues = OnPolicyNetworkKeys.normalizeValues
            and! normalizeObservations = OnPolicyNetworkKeys.normalizeObservations
            and! observationsPerTask = OnPolicyNetworkKeys.observationsPerTask
            and! minibatch = OptimisationKeys.minibatch
            and! maxGradNorm = OptimisationKeys.maxGradNorm
            and! learningRates = OptimisationKeys.learningRates
            and! decayStart = OptimisationKeys.decayStart

            return {
                BatchSize = batchSize
                EpisodeLength = episodeLength
                StepsAfterSuccess = stepsAfterSuccess
                MinEpisodes = minEpisodes
                MaxEpisodes = maxEpisodes
                Priority = priority
                NoiseCorrelation = noiseCorrelation
                Workers = workers
                Lambda = lambda
                Lag = lag
                Asynchronous = asynchronous
                RhoBar = rhoBar
                CBar = cBar
                CenterAdvantages = centerAdvantages
                PositiveAdvantages = positiveAdvantages
                AdvantagesPerTask = advantagesPerTask
                AdvantagesPerMinibatch = advantagesPerMinibatch
                Entropy = entropy
                EntropyCoefficient = entropyCoefficient
                TargetEntropy = targetEntropy
                EntropyRate = entropyRate
                StopEntropyGradient = stopEntropyGradient
                SoftplusEntropy = softplusEntropy
                BoundsLoss = boundsLoss
                InitStd = initStd
                MinStd = minStd
                UnsolvedStd = unsolvedStd
                MaxStd = maxStd
                StdPerTask = stdPerTask
                Tanh = tanh
                InitialWeights = initialWeights
                Value = value
                ValueEpochs = valueEpochs
                ValueLayerNorm = valueLayerNorm
                NormalizeValues = normalizeValues
                NormalizeObservations = normalizeObservations
                ObservationsPerTask = observationsPerTask
                Minibatch = minibatch
                MaxGradNorm = maxGradNorm
                LearningRates = learningRates
                DecayStart = decayStart
            }
        }
