"""Text to try a model on: of many sorts, so that the ranges of its inner values show."""

SENTENCES = (
    "The council approved the budget on Monday by seven votes to two.",
    "Prices rose by 4.3% in May, the fastest pace since 1982, according to official figures released on Wednesday.",
    "What a shame!",
    "Honestly, it was the dullest film I have sat through in years, and I once watched paint dry for charity.",
    "Will we ever learn?",
    "“Nobody told us anything,” said Maria Oyelaran, 43, whose shop in Leeds was flooded twice in a month.",
    "By 2040, half of all new cars sold in the region are expected to be electric.",
    "Let us march together, my friends, and never look back at what we have lost.",
    "No.",
    "$AAPL to 300 by Christmas, mark my words!!! 🚀🚀",
    "lol why would anyone pay 15 bucks for that",
    "THE WHOLE THING IS A DISGRACE AND EVERYONE IN THIS TOWN KNOWS IT",
    "The defendants (see Exhibit 4(b)(ii), pp. 112–119) moved to dismiss under Rule 12(b)(6); the motion was denied.",
    "I ask you, members of this House: who will pay for it, if not our children and our children's children?",
    "In the second quarter net revenue came to €1,204 million, against €1,187 million a year earlier.",
    "We reserve the right to change these terms at any time without notice.",
    "Dr. A. J. van der Berg et al. (2020) found no effect of the drug on mortality (HR 0.98, 95% CI 0.81–1.19).",
    "Stir in the flour, a spoonful at a time, until the dough no longer sticks to your fingers.",
    "In my view the minister should resign, although I doubt that he will; he has survived worse, and with less shame.",
    "Visit https://example.org/a/b?c=1&d=2#top or write to info@example.org for details.",
    "Der Rat stimmte am Montag dem Haushalt zu, obwohl die Opposition heftig protestiert hatte.",
    "Le ministre a déclaré que les impôts n’augmenteraient pas cette année.",
    "市议会周一批准了预算。",
    "a",
    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
    "It was, as the old people in the valley still say when the first snow comes early and the passes close and there "
    "is nothing to do but mend harness and tell stories, a year for wolves; and yet when spring came and the drovers "
    "went up with their dogs to count what was left of the flocks, they found, to the astonishment of everyone but the "
    "priest, who claimed to have prayed for it, that hardly a lamb was missing.",
    "The bridge, which was built in 1911 and closed in 2019, carried about 23,000 vehicles a day.",
    "If the polls are right, and they have been wrong before, the coalition will lose its majority in the autumn.",
    "Experts warned on Thursday that the reservoir could run dry before the end of the year unless it rains soon.",
    "She is the finest violinist of her generation, and it is not even close.",
    "Thank you, Mr. Speaker.",
    "Table 3: Unemployment rate, seasonally adjusted, per cent",
)
"""Written for this purpose."""

HYPOTHESES = (
    "This sentence states a fact that can be checked.",
    "The author expresses a personal opinion.",
    "It was said by somebody else.",
)
"""Of the sort that goes with them."""
