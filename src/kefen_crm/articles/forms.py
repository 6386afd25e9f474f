from __future__ import annotations

from django import forms

from kefen_crm.articles.models import Article


class ArticleForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """The draft of an article."""

    class Meta:
        model = Article
        fields = ("title_zh", "body_zh", "title_en", "body_en", "topic", "public")

    def _post_clean(self) -> None:
        """The action itself checks what it writes."""
